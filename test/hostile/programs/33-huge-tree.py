"""Reads back the files that came with it, whatever their names."""
import os

found = {
    open(os.path.join(folder, name)).read()
    for folder, _, names in os.walk(".")
    for name in names
    if name != "main.py"
}
print(found == {str(i) for i in range(999)})
