// The runner of Java templates: a JVM whose compiler has compiled something waits for one job (see
// job.ts), compiles it and becomes the program.
package pilotlight.runner;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** What is to be run, in this order: the warm-up, then a job's program or what is trained with. */
public final class Runner implements Iterator<Map.Entry<Class<?>, MethodHandle>> {
  /** Where jobs come: runner.sh keeps what was descriptor 0, and puts an empty file there. */
  private static final String jobs = "/proc/self/fd/3";

  private final Compiler compiler = new Compiler();
  private final String[] arguments;
  private int given = 0;

  /** With an argument: that file is compiled and run instead of a job's. */
  public Runner(String[] arguments) {
    this.arguments = arguments;
  }

  @Override
  public boolean hasNext() {
    return given < 2;
  }

  @Override
  public Map.Entry<Class<?>, MethodHandle> next() {
    given++;
    try {
      if (given == 1) return warmUp();
      compiler.forget();
      return arguments.length == 0 ? nextJob() : training(Path.of(arguments[0]));
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
  }

  /** Goes the way of a job once. */
  private Map.Entry<Class<?>, MethodHandle> warmUp() throws IOException {
    try (InputStream resource = Runner.class.getResourceAsStream("WarmUp.txt")) {
      return made(List.of(new Job.File("pilotlight/WarmUp.java", resource.readAllBytes())));
    }
  }

  private Map.Entry<Class<?>, MethodHandle> training(Path file) throws IOException {
    return made(List.of(new Job.File("Training.java", Files.readAllBytes(file))));
  }

  /** Of platform's own sources, which compile or are a mistake. */
  private Map.Entry<Class<?>, MethodHandle> made(List<Job.File> sources) {
    if (compiler.compile(sources) != 0) throw new IllegalStateException("It does not compile.");
    return compiler.program(new String[0]);
  }

  private Map.Entry<Class<?>, MethodHandle> nextJob() throws IOException {
    InputStream stream = new FileInputStream(jobs);
    write(FileDescriptor.out, "R");
    Job job = Job.read(stream);
    if (job == null) System.exit(0);
    int code = compiler.compile(job.sources());
    var program = code == 0 ? compiler.program(job.arguments()) : null;
    if (program == null && code == 0) code = 1;
    endStage(job, code);
    if (code != 0) System.exit(code);
    if (job.nonce() != null && stream.read() < 0) System.exit(0);
    stream.close();
    return program;
  }

  private static void endStage(Job job, int code) throws IOException {
    if (job.nonce() == null) return;
    System.err.flush();
    String marker = "\0" + job.nonce() + " " + code + "\n";
    write(FileDescriptor.out, marker);
    write(FileDescriptor.err, marker);
  }

  private static void write(FileDescriptor to, String text) throws IOException {
    // Not closed, because that would close the descriptor.
    new FileOutputStream(to).write(text.getBytes(StandardCharsets.US_ASCII));
  }
}
