from shapes import Circle, Square

for shape in (Circle(2), Square(3)):
    print(f"{shape.name:>8}: {shape.area():6.2f}")
