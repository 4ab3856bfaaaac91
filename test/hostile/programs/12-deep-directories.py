"""Folders in folders, deeper than any path can name: cleaning up must not follow them by name."""
import os

for _ in range(3_000):
    os.mkdir("d")
    os.chdir("d")
print("deep")
