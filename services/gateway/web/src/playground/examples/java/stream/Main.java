public class Main {
    public static void main(String[] args) throws InterruptedException {
        for (int step = 1; step <= 10; step++) {
            int color = 31 + step % 6;
            System.out.println("\u001b[" + color + "m" + "#".repeat(step) + "\u001b[0m " + step * 10 + " %");
            Thread.sleep(300);
        }
        System.err.println("Warnings go to stderr.");
    }
}
