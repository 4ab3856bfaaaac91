"""Takes memory and writes to every page of it, so that it has to be real."""
blocks = []
while True:
    blocks.append(bytearray(b"x") * (8 << 20))
