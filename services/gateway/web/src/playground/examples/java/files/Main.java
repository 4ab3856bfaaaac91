import java.util.List;

public class Main {
    public static void main(String[] args) {
        for (Shape shape : List.of(new Circle(2), new Square(3))) {
            System.out.printf("%8s: %6.2f%n", shape.name(), shape.area());
        }
    }
}
