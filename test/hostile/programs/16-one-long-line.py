import sys

block = "x" * (1 << 20)
for _ in range(100):
    sys.stdout.write(block)
print()
