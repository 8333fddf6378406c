// Matrix by webhook: the transformation function of a generic webhook of matrix-hookshot, which makes a message of an
// alert. Text alone, so that names that strangers chose can format nothing. To use it, give its text to the webhook in
// the room's settings of hookshot, and the webhook's address to alert.webhook; see harbinger-matrix.
result = {
  version: "v2",
  msgtype: "m.notice",
  plain: data.message,
  html: data.message.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;"),
};
