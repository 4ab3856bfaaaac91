// Stop it with Cancel. Left alone, it is stopped after ten seconds.
public class Main {
    public static void main(String[] args) throws InterruptedException {
        for (int beats = 1; ; beats++) {
            System.out.println("still here " + beats);
            Thread.sleep(500);
        }
    }
}
