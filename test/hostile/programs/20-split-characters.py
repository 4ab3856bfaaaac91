"""Characters of four bytes, written a byte at a time and so that chunks end within them."""
import os
import sys

for byte in "😀é".encode():
    os.write(1, bytes([byte]))
sys.stdout.write("x" + "😀é" * 60_000)
