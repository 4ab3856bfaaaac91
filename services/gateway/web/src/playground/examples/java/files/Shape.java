interface Shape {
    String name();

    double area();
}

class Circle implements Shape {
    private final double radius;

    Circle(double radius) {
        this.radius = radius;
    }

    public String name() {
        return "circle";
    }

    public double area() {
        return Math.PI * radius * radius;
    }
}

class Square implements Shape {
    private final double side;

    Square(double side) {
        this.side = side;
    }

    public String name() {
        return "square";
    }

    public double area() {
        return side * side;
    }
}
