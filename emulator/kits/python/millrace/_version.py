VERSION = "0+tree"  # a package carries its own
