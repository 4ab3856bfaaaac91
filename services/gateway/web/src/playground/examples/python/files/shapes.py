from dataclasses import dataclass
from math import pi


@dataclass
class Circle:
    radius: float
    name: str = "circle"

    def area(self):
        return pi * self.radius**2


@dataclass
class Square:
    side: float
    name: str = "square"

    def area(self):
        return self.side**2
