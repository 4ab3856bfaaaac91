// Makes what all Java sandboxes of a host share, with the JDK that runs this file: a runtime with
// the compiler in it, the runner, and an archive of the classes that a compile and a run need,
// mapped into memory instead of being loaded. Usage: java Build.java SOURCES TARGET
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

public class Build {
  /** The standard library, the compiler, and what programs of one file are likely to use. */
  private static final String modules =
      "java.se,jdk.compiler,jdk.unsupported,jdk.zipfs,jdk.charsets,jdk.crypto.ec,jdk.httpserver,"
          + "jdk.net,pilotlight.runner";

  /** Where the runner puts a program's classes. */
  private static final Path compiled = Path.of("/job/classes");

  private static final int release = Runtime.version().feature();

  private final Path sources;
  private final Path runtime;
  private final Path launcher;
  private final Path archive;
  private final Path module = Files.createTempDirectory("runner");

  Build(Path sources, Path target) throws IOException {
    this.sources = sources;
    runtime = target.resolve("java");
    launcher = runtime.resolve("launcher.jar");
    archive = runtime.resolve("runner.jsa");
  }

  public static void main(String[] args) throws Exception {
    new Build(Path.of(args[0]), Path.of(args[1])).run();
  }

  private void run() throws Exception {
    compileRunner();
    link();
    compileLauncher();
    writeOptions();
    archiveClasses();
  }

  private void compileRunner() throws IOException {
    List<String> arguments = new ArrayList<>(List.of("-d", module.toString()));
    try (Stream<Path> files = Files.list(sources.resolve("runner"))) {
      files.map(Path::toString).filter(name -> name.endsWith(".java")).forEach(arguments::add);
    }
    tool("javac", arguments.toArray(String[]::new));
    Files.copy(
        sources.resolve("runner/WarmUp.txt"), module.resolve("pilotlight/runner/WarmUp.txt"));
  }

  private void link() {
    tool("jlink", "--module-path", module.toString(), "--add-modules", modules,
        "--no-header-files", "--no-man-pages", "--output", runtime.toString());
  }

  private void compileLauncher() throws IOException {
    Path classes = Files.createTempDirectory("launcher");
    tool("javac", "-d", classes.toString(),
        "--add-exports", "java.base/jdk.internal.vm.annotation=ALL-UNNAMED",
        sources.resolve("Launcher.java").toString());
    tool("jar", "--create", "--no-compress", "--file", launcher.toString(),
        "-C", classes.toString(), ".");
  }

  /** An argument file of the launcher: one for the waiting JVM, whatever Java this is. */
  private void writeOptions() throws IOException {
    List<String> options = new ArrayList<>(Files.readAllLines(sources.resolve("jvm.options")));
    options.removeIf(line -> line.isBlank() || line.startsWith("#"));
    options.add("-XX:SharedArchiveFile=" + archive);
    options.add("-Xbootclasspath/a:" + launcher);
    if (release >= 23) options.add("--sun-misc-unsafe-memory-access=allow");
    Files.write(runtime.resolve("runner.options"), options);
  }

  private void archiveClasses() throws Exception {
    Files.createDirectories(compiled);
    Path list = Files.createTempFile("classes", ".txt");
    java("-Xshare:off", "-XX:DumpLoadedClassList=" + list, "pilotlight.Launcher",
        sources.resolve("Training.java").toString());
    // What is on the class path must be as it will be: empty.
    try (Stream<Path> files = Files.list(compiled)) {
      for (Path file : files.toList()) Files.delete(file);
    }
    // Only this collector writes objects into an archive; any can read them.
    java("-Xshare:dump", "-XX:-UseSerialGC", "-XX:+UseG1GC", "-XX:SharedClassListFile=" + list);
    if (!Files.exists(archive)) throw new IllegalStateException("The JVM wrote no archive.");
  }

  private void java(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(runtime.resolve("bin/java").toString(),
        "@" + runtime.resolve("runner.options")));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).inheritIO()
        .redirectOutput(new File("/dev/null")).start();
    if (process.waitFor() != 0) throw new IllegalStateException(command + " failed");
  }

  private static void tool(String name, String... arguments) {
    ToolProvider tool = ToolProvider.findFirst(name).orElseThrow(() -> new IllegalStateException(
        "This Java has no " + name + ": install a JDK, a runtime alone does not compile."));
    StringWriter said = new StringWriter();
    PrintWriter writer = new PrintWriter(said);
    if (tool.run(writer, writer, arguments) == 0) return;
    throw new IllegalStateException(name + " failed: " + said);
  }
}
