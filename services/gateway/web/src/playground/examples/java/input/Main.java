import java.util.Scanner;

public class Main {
    public static void main(String[] args) {
        String greeting = args.length > 0 ? args[0] : "Hello";
        Scanner names = new Scanner(System.in);
        while (names.hasNextLine()) {
            System.out.println(greeting + ", " + names.nextLine() + "!");
        }
    }
}
