import sys

greeting = sys.argv[1] if len(sys.argv) > 1 else "Hello"

for name in sys.stdin:
    print(f"{greeting}, {name.strip()}!")
