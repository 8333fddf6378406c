import Foundation
import Monitoring
import Storage
import TestSupport
import Testing

/// Goal: what the versions before have learned is not learned again. Method: a stream as they stored it, after three hours
/// of the same lines; with it and without it the next hours' forecasts are the same but for the digits that they kept
/// beyond those that are kept now, or did not keep.
@Test(arguments: [thirteenth, fourteenth])
func whatVersionsBeforeLearnedIsRead(stored base64: String) throws {
  var watching = try Watching(MonitorSettings(sources: [.init(name: "log")]))
  watching.read([0, 1, 3].map { "\(SampleLines.start + 3_600 * $0 + 3_599) a" })
  watching.drain()
  watching.handle(.stopping)
  #expect(watching.monitor.openHour == SampleLines.start / 3_600 + 3)
  var earlier = watching
  let stored = try #require(Data(base64Encoded: base64))
  try watching.restart()
  try earlier.restart { state in
    let bytes = StoredBytes.compression.decompress(Array(stored))
    #expect(bytes != state.streams["log:a"]?.bytes)
    state.streams["log:a"]?.bytes = bytes
  }
  #expect(earlier.relearned == [])
  for hours in [4, 30] {
    for index in 0...1 {
      var next = index == 0 ? watching : earlier
      next.drain()
      next.handle(.tick(now: Int64(SampleLines.start + 3_600 * hours + 120)))
      next.handle(.stopping)
      if index == 0 { watching = next } else { earlier = next }
    }
    let made = try #require(watching.forecasts["log:a"])
    #expect(earlier.forecasts["log:a"]?.keys == made.keys)
    for (hour, probabilities) in made {
      let read = try #require(earlier.forecasts["log:a"]?[hour])
      #expect(read.count == probabilities.count)
      #expect(zip(read, probabilities).allSatisfy { abs($0 - $1) < 0.03 * $1 })
    }
  }
  #expect(watching.forecasts["log:a"]?.count == 30)
}

private let thirteenth = """
  KLUv/WAdhwVAAApMoBI9IFyjDkQbIM4My/YDJKc6w+PaNMu2dZPorWkY57Hx4DEGVgjI1MMgwomOLUtEADT9UPGsF3xiVJ9tZDfZ\
  KQ0BGwEfAYM/02ofFp91/X+v8HW95aWHLrc3EEOIXOW/PnT3P5N16so6fW6jMF4aXfKFYWBCYWBzJSaxSlR9IWPjF2NjVRAQAyAR\
  v5hlwz8flQ5fpS/7TeiYNP/nmEhp/p63heaZxewTM/FTljE4y45HQSnjH00aGv8I+fVjCLny/y9gzvJnbJSSCzBQR3UMbIu2tY3p\
  tmg06oQejyGMOzvTeqhF2+joXEe7Xam0bldJiCdXCbdTnpRlyBpSlqc07YZy/FDHf+g/pPRpmvqS8wyd5+nL9UslH87OQ/9rWX4D\
  ffr/pZGyXEPlN/gXH/zDw39/Xz8/P3wQHNbyDX/FYTDYz8r3G2goJvwtXMY84RM+E1Qe0MLCyruec6Vod4vdNRvAQz0uPu66TJsc\
  dpHuXd+RoITTQsldhwjMgWTJvqV7czSSfBfc0TQCEhpQFe+56w6s7w+pd057nlkUlZNb7DmbKlY4rCH2vBCtzsqHgZ5LMZSqQWjq\
  OZWeohk1SP3TDkc9YaxG98xy0jRSwdQ5M4GqMvj0dTpfqAy/yry6m2m/7DmSjew7hJOpjvp3vAJDGKbK75benrRHKW/PE6fbsieJ\
  d+1JTQJHxeg5ZwIwMx6UcnX+G8rNw/r8//+1iMcaYY0qIBklfXVxcStgs9gvbtMSE9eSURL2B6zF2Ayenu1Mxb7nyta/3hSu3/OC\
  +DkmHzT/5bomNB8vD4dm4WG2h5mY86tO9efxha7g/zqcATiglnewS4azUZrT5YrQPa4GSQT+Z4JtG/mWxTnHvPQhQA56dQ0Su9FG\
  kO4VR4tfZaXhNaYFsYssS9tFVpxOlKcnpw8pYpK4sVntgoJHjEXf1CVMFRVrk8iI8DvGUe2DER6p2FLIfXCtZwTgFBYE1eehE+n0\
  tRmRuWmhpCgvUCSdGHPP0SoFqtv0MabBXSOlietB0HTPmWk/Na5FPH1SLi7RS/e5aUFGKGdkPd3Sc8taJ8OKnn/ywdV4ssRWIEx0\
  ocmHNQjWUEJXFlY+RFBCVkbu/okNbKTpLex2tTp4QG8XMCDiiMDfDnmpuxvAa/Eit8R6P591W1IDtLW6qrIsy7IsXzoeBlKhg1sr\
  Q0F1H1l5oA9gvvwBT0OnrPNdc/oERZtjZFpQYoKsyf0MjxUhDmTqu+PajvxT1Aj4Etcw0OdEZRVEb6PD01PU4XWysmkn0352Fmgw\
  dBYe+PqKz7kuhoLbvYaCOhYfXr8gJ9O2LFR0Gj+GtdIEO9utKztbm5T5tETl0kYFwGq3tp2Xp9exZlUeW6IE6QA4HAS5ZB4ZI1cZ\
  YgcHrmJSzHDEx28P0mTE22keQDvXbg1+JTiJA0iCwofcsEh97b8r0XNmXMeVxUAFmVo9BgVrf+El9xNaZB0Ni2VHcwLV0dC6HU0b\
  pc/wzugyiGD1s6xsL8P09jCoyq7hBZITInV+cgza224xf9hEXkE2ZZy1x7Br8OTj90B7/RFBG6472tr224AmybwjN3ZIyR6Ls95l\
  GGgcD45AgdyoESqqERFNigoKGdbREPIqaZJ0YjAQBkswggThEEIMIoQRAVFEQBARKZFAJJCRIMUZAwUuC2tVLoGLZWRMXaz0uPQI\
  3zgRmCSB3idE48DVrrRg9+HBON1voJB9fVyhxROWrqhLOloQw2ANmVb0MfGQyR9YjIznG8PyPPUR+8zDjsyUE0gnxHNR3JmP2qA5\
  /jpeodLL9pZueAjznh1OAzYD+sp78K6VX/EMKP3cf0/uh4fFtaF3LvcZ3mP1o/2p1S1/wrFC4mko0M6GFKxWD9MnyDbx1840Hjc/\
  179H/Hnm2Pl5l5jl66Q4EBmWgLqEXD8BchibUvmJ6WP5gBJHBHwJwvoHJrSUUQ4ZFA3LYKKR1rmeRtbp+DIZL+ejhZzR3OoWYsuk\
  06Im14Wi1/PkSfY1EwXG81tMzc386sGycbUEo5QNalgD7fgNO/CADpFS51JsjruAE4CVAwzAYs7CgbagtOWyE6baSo/Td1tSR49Z\
  cheP9JFNwsc4aKtin8vXjre4jlZTGMu/08qLr0nZkoJ0C1DbepiJj9c2UoNOc2QXL+gDTffDOGnrYJ/L147yg4Lq6o6UF4fLwD18\
  R1eqCubBxp0tqdHHLNnFwI9LdjWMMiUXBVB/PwB3Vd/faZD31jJq0WtO3mJgiZ9z6kKbkEQeaNyfh0odJJ4tPv+iFwoFzMGMOyup\
  o48puYuBH0fOqhhjSi4KoP6+xU+kI9WsfIy+t5I6+piSuxhIi2wk/IxDWxX9XL5WtIl6vQpPxONlG6mgpznSxRa0QKP7Y1zaOujn\
  8rXj01Emt1/TiK/q4BT7j7RDC7qgtNo/2TS86TlNsOo2OPjhtX78sKivUdZAddju7qTl0vA8iYA13VlQLXrNyVsMLL0A3q9gTsqi\
  3C1Ma6bUgip0yosdfejzh/s2o+dMOHJjG7XoNSdvMbDEzzk1uhlJBICEm7pXhVmQ99YyatFrTt5iYImfc+pCm5BEHmjcn4dKHSzo\
  8i9+mVHmLAy5Y41a9DWTtzhw4uQ4NbYZScSgibTHyCyh5y9qoZUjBzPvrKSOPqbkLgZ+HDmrgjUhEyEA9XUUtrQ5ZJYbqAH5PD9L\
  HAjtCrqgNNf+yXb5oQ2XYhn0YmMO1BtvzdsBdKflZ4Ml
  """

private let fourteenth = """
  KLUv/WBBhM1FAApvZBQ2UPCmMZ9LD1t1ysBsvHAR4rWe+KQmR4sO7aUr7pfyuLZqq37a4MBQxUkaQCkwEMYOJjKTCNkpqgAaAXYB933f933f\
  933f933f933f933f933f933f933f933f933f933f933f933f933f933f933f933f933f933f933f933f933f933f933f933f933f933f933f\
  933f933f933f933f933f933f933f933f933f933f933f933f933f933f933f933f933f933f933f933f933f933f933f933//+u/ff+/IeQc\
  YwVdZwIGFBXZgAhkZMlKRkZG1vaNn1RfZS7wuPGnzZOwOmBqoBqhRLc7xaPMmz1a2ICBgYHJ8dRVpm2Jot1IkybN11enAnF4KfKg2Cmlapyy\
  YaNyLl1qW6oRUguWIEKEBYNlCBEiwoLBsiyFwbbCqpVqamFqZdlgqaY2KNihLMspWSJETHFBKjg7yTk7Ozs7O9s5Ozs7Ozs7OzuLhoLxiNFo\
  3PIzGo3CtlXKWrMJrYC2rQyxilVMUCtIrA0Ta8UqVtuC9kpbCUrL6UOb1qaltWHd0aoiBrVV0+77vu/7vu/7vu/7vu/7vu/7vu/7vu/7vu/7\
  vu/7vu/7vu/7vu/7vu/7vu/7vu/7vu/7vu/7vu/7vu/7vu/7vu/7vu8NikSYKMFhZmZm5qTJkjIgKCJtCqMwiskCCIK6EOhCgMLWj0jbssZJ\
  K1SoULF4ppr+dGr1ZauZeMyYSJCMUejqKiEsixYtGBulAAMGrgYrigAE7tdrb7hfrzccsOeD6QQMZw44c9M2g7zhOmi1P636HbS0tNob7qfV\
  3nBArfpgWjoBLCJ0jfDZAJC2OaQNwWxJG4JZ0oZgkjYEpG3rt0vg1Za3y/JqbXBlebUMuLK8yoAry4sBVxYDLhi4AjcciJkDerUzB/TqzAG9\
  Zg44cy1ONKvX9tdrP/zXa/1frz6wN3NgAwQMC+Ak9NrecMBei8sBe+3MAXuduQ49AAFCFCAwbAM8KRaLxWJXsVgEoKlYLE7o7Xa73Y7Dbrf7\
  gdjtdm1BibXHL+2Ltu0ZHq88Xtu2PAttil5Lg9fy2mutoLW9Fs+kFq3dw9WqcfMEwKu1RImIRCLxlYNEa5mIa0RYa4kSxSESia8cMFrLRFwj\
  GtcaMWqDhs4cW3T6KPhag4kLWtu2ZDlJlas8jg6VabmpZz07O+tQ5xvqfEOdb6jzDXW+oc431PmGOt9Q57uRbTvU+UqSN5LsUOcjbzcYW1pb\
  NwM10FIUGUpkkwJpCXFqLh6pMGKjNAUrB4+ViSHlMZYdtChuvoitMNdunZFlJBk5RgpJDSSPNEAaN0EidGcN2lkZ2ZhQA89Ap4vpoi3ZWw7A\
  zdiWAM425N2Es9UCW6NGpIQT1QxLb4RBhLOYBkmOoSzCKelTlWAYNMJJhDEq1BEzwtmCUJUxX0Hh6aSBQoaPA6GfFKgQQWdJeNtB/JHnz4by\
  VQOUx1QYfObMpfJYxKMnxVmk8tjIjI2MLAfKI5xHl+L1oTyOybE0SdOGMtYbKtMCkSglrBogVmUQ4qFslepBDBML8pSqEI096lHGo1wLQJbG\
  BGLAOuWBRJJo5JgGDRpKPq6GlFDkgVRpqk6CJ5xO1CmPlAKElbmhJJywdEBAJJiUx1YKfiS5Mookt4Q2H0cg5a3TRX8Zfhk4bMgA7LFDhw8O\
  P7BfDx8fvjzo+MrA4VcGP44Q6a1MrASC96hykuKZERERCUQkSZJ0wg0M9UabpAMSQEBIMI5hEIbBVQgZZJAZkUBCiZFAREQ0bRoDI3p5gIlb\
  AZ7mnAjtjdeQtuXxkEkOa7xnX7o+ZF+6PqRfsjyTX1LekitdnpMvUZ+zKVFfkjVLjla+QzwTEEEuk64YXRD6Kd3bKltt0S6dzIBg9iwEac4X\
  AkmFSsuwNOsVfNF9lpgZKD72V1wWOp3Hub2Ltx4yXzan8Xl1X57L2/So/aUtLStW5hZYrPyouBumoxyj/ngXC3RvUOQKkYvVYmZ9A1HrW7VE\
  9GLkeICiJu1W2znvlQgNROs8qohRj97gafDelkI4Yu0gVauuJVkWyrmgzhsWF6UABnNgNTOugWmnAaUcHRZs6fpvztKe8Zt2uqAwA2P/kdzH\
  cjho5cXRviikLSLugDoA5ySeIMtPElNWJXnyNsAIauoSh+B1WFRdEFgCmSEOoOr8dHNGiD2niApH2iUg5YXCviGN+cPhSBlLLaCwF3YrQxGE\
  dBxRS5CoABc//+as9gy/cacLijJwh7oehMEOLGaGNXDaMaCQI8MOW1x/zFnb8/zGThGUNfCrgsYKlKD8yxz0MWmLOPyNbTCqg5KdZxQZKnC4\
  hdvPn603T2gYKEFlB+7m5QEM5sBqZlwD004DSjk6LNjS9d+cpT3jN+10QWEG7lDXgzDYgcXMsAZOOwYUcmTYYYvrjzlre57f2CmCsgpMqIkc\
  gzjTTI+m6wtFBnqoJcgV/RNyjcUU3ZSPqC5l0ecVSpld9gl7kxaApmPMFVs6CNBrxJBkzF5BNSZ7LVVspK037PSsBBVIK+K4WUR9l2NxWaIT\
  UJdHbkDLRwlrWo2iycibjYwlJFO7MwCQCy6Fp+XviybEyD/8ZBLP4uKwhM0Egz/JEdxABhHVP3EqshMmXDOpjvFNxWoT3DWaLimjRkAoaRYD\
  wUSOd0fTYGkGDTYtBCEAqANwmYMrwHgOuAeMp+k9BGHzsClVQIhxmsid8hSPTZZ/cA0P9lZRylpRynJQK2rBxjTgKypiFJSEJaSgBLyEhTSE\
  JKoERVSALqpAB0WIKUoIC8iJKViBCcqIEVQBysoIVXAAG9IAU5AYG5IRGtAEHZARIuwElRQDMmEFNCQBN2ERJiFFVEEJKqBHVMghKFJGSMIC\
  eFIGalBCWFKEqIBaWEINjFB88eV6WUsDh5489x3+Rrc3DlQ4IXRjYt9kxUZseshez5UGSG0+pns=
  """
