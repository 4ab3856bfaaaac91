// Compiled and run once when the archive of classes is made: what it uses, and what the compiler needs
// for it, loads fast in every sandbox.
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.*;
import java.util.regex.Pattern;
import java.util.stream.*;

public class Training {
  sealed interface Shape permits Circle, Square {}

  record Circle(double radius) implements Shape {}

  record Square(double side) implements Shape {}

  enum Colour { RED, GREEN }

  static class Broken extends Exception {
    Broken(String message, Throwable cause) {
      super(message, cause);
    }
  }

  static abstract class Animal<T extends Comparable<T>> {
    abstract T name();

    @Override
    public String toString() {
      return getClass().getSimpleName() + ":" + name();
    }
  }

  static double area(Shape shape) {
    if (shape instanceof Circle circle) return Math.PI * circle.radius() * circle.radius();
    return shape instanceof Square square ? Math.pow(square.side(), 2) : 0;
  }

  static String describe(Colour colour) {
    return switch (colour) {
      case RED -> "red";
      case GREEN -> """
          green
          """.strip();
    };
  }

  public static void main(String[] args) throws Exception {
    System.out.println("Arguments " + Arrays.toString(args) + " " + args.length);
    System.out.printf("%5.2f %s %d %x %c %b%n", 1.5, "s", 3L, 255, 'c', true);
    System.out.println(String.join(",", List.of("a", "b")) + describe(Colour.RED) + area(new Circle(1)));
    System.err.println(new StringBuilder("abc").reverse().append(1).insert(0, 'x'));
    input();
    collections();
    streams();
    numbers();
    concurrency();
    filesAndTime();
    failures();
  }

  static void input() throws Exception {
    Scanner scanner = new Scanner("12 words here\n3.5\n");
    System.out.println(scanner.nextInt() + scanner.next() + scanner.nextLine() + scanner.nextDouble());
    var reader = new java.io.BufferedReader(new java.io.InputStreamReader(System.in));
    System.out.println(reader.readLine());
    StringTokenizer tokens = new StringTokenizer("1 2 3");
    while (tokens.hasMoreTokens()) System.out.println(Integer.parseInt(tokens.nextToken()));
    var writer = new java.io.PrintWriter(new java.io.BufferedWriter(new java.io.OutputStreamWriter(System.out)));
    writer.println("written");
    writer.flush();
  }

  static void collections() {
    Map<String, List<Integer>> map = new TreeMap<>(Comparator.reverseOrder());
    map.computeIfAbsent("k", key -> new LinkedList<>()).add(1);
    Deque<int[]> queue = new ArrayDeque<>();
    queue.push(new int[] {1, 2});
    PriorityQueue<Integer> heap = new PriorityQueue<>(Collections.reverseOrder());
    heap.addAll(Set.of(3, 1, 2));
    Set<String> set = new LinkedHashSet<>(new HashSet<>(List.of("x")));
    set.addAll(new TreeSet<>(Set.of("y")));
    Map<Integer, String> linked = new LinkedHashMap<>();
    for (var entry : map.entrySet()) linked.put(entry.getKey().length(), entry.getValue().toString());
    Iterator<String> iterator = set.iterator();
    while (iterator.hasNext()) if (iterator.next().isEmpty()) iterator.remove();
    List<Integer> list = new ArrayList<>(heap);
    Collections.sort(list);
    list.forEach(System.out::println);
    int[] numbers = {3, 1, 2};
    Arrays.sort(numbers);
    Integer[] boxed = {3, 1};
    Arrays.sort(boxed, (a, b) -> b - a);
    System.out.println(linked + " " + queue.peek()[0] + heap.poll() + set + new BitSet(8)
        + Arrays.asList(boxed) + Arrays.stream(numbers).sum() + new EnumMap<>(Map.of(Colour.RED, 1)));
    System.out.println(Optional.of(1).map(n -> n + 1).orElse(0) + Objects.hash(1, 2));
    System.out.println(new Animal<String>() {
      @Override
      String name() {
        return "animal";
      }
    });
  }

  static void streams() {
    System.out.println(Stream.of("a", "bb", "cc").collect(Collectors.groupingBy(String::length)));
    System.out.println(IntStream.rangeClosed(1, 5).filter(n -> n % 2 == 1).boxed().map(String::valueOf)
        .collect(Collectors.joining(",", "[", "]")));
    System.out.println(Stream.iterate(1, n -> n * 2).limit(5).sorted().distinct().reduce(0, Integer::sum));
    Map<Character, Integer> counts = "hello".chars().mapToObj(c -> (char) c)
        .collect(Collectors.toMap(Function.identity(), c -> 1, Integer::sum, TreeMap::new));
    System.out.println(counts);
    Supplier<String> supplier = () -> "s";
    BiFunction<Integer, Integer, Integer> add = (a, b) -> a + b;
    Predicate<String> isEmpty = String::isEmpty;
    UnaryOperator<String> upper = String::toUpperCase;
    System.out.println(upper.apply(supplier.get()) + add.apply(1, 2) + isEmpty.negate().test(""));
  }

  static void numbers() {
    System.out.println(new BigInteger("12345678901234567890").multiply(BigInteger.TEN).mod(BigInteger.TWO));
    System.out.println(new BigDecimal("1.10").add(BigDecimal.ONE) + " " + Math.sqrt(2) + Long.MAX_VALUE);
    System.out.println(new Random(1).nextInt(10) + String.format("%08d", 42) + Double.toString(0.1f)
        + Integer.toBinaryString(5) + Long.toHexString(6) + Character.isDigit('1') + Double.parseDouble("1e3"));
  }

  static void concurrency() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(2);
    Future<Integer> future = pool.submit(() -> 1);
    AtomicInteger counter = new AtomicInteger(future.get());
    Thread thread = new Thread(counter::incrementAndGet, "worker");
    thread.start();
    thread.join();
    ReentrantLock lock = new ReentrantLock();
    lock.lock();
    lock.unlock();
    CountDownLatch latch = new CountDownLatch(1);
    pool.execute(latch::countDown);
    latch.await(1, TimeUnit.SECONDS);
    synchronized (pool) {
      pool.notifyAll();
    }
    System.out.println(CompletableFuture.supplyAsync(() -> 2).thenApply(n -> n + 1).get());
    ConcurrentHashMap<String, Integer> map = new ConcurrentHashMap<>();
    map.merge("a", 1, Integer::sum);
    pool.shutdown();
    pool.awaitTermination(1, TimeUnit.SECONDS);
    Thread.sleep(1);
  }

  static void filesAndTime() throws Exception {
    Path path = Files.createTempFile("training", ".txt");
    Files.writeString(path, "line one\nline two\n");
    for (String line : Files.readAllLines(path)) System.out.println(line.replaceAll("l(i)ne", "$1"));
    try (var reader = new java.io.BufferedReader(new java.io.FileReader(path.toFile()))) {
      System.out.println(reader.lines().count());
    }
    Files.delete(path);
    System.out.println(Pattern.compile("(\\d+)-(\\w*)").matcher("12-ab").matches());
    System.out.println(LocalDate.of(2024, 2, 29).plusDays(1) + " " + Duration.ofMillis(1500));
    System.out.println(System.getenv("HOME") + System.getProperty("user.dir") + System.nanoTime());
  }

  static void failures() {
    try {
      try {
        Object text = "text";
        System.out.println((Integer) text);
      } catch (ClassCastException cause) {
        throw new Broken("broken", cause);
      } finally {
        System.out.println("finally");
      }
    } catch (Broken broken) {
      broken.printStackTrace();
    }
    for (Runnable failure : List.<Runnable>of(
        () -> System.out.println(new int[0][0].length / Integer.parseInt("0")),
        () -> System.out.println(List.of(1).get(1)),
        () -> System.out.println(((String) null).length()),
        () -> System.out.println(Integer.parseInt("x")))) {
      try {
        failure.run();
      } catch (RuntimeException expected) {
        System.err.println(expected);
      }
    }
  }
}
