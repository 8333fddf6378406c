/// The target's story begins here.
