package pilotlight.runner;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TaskEvent;
import com.sun.source.util.TaskListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandle;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;

/** javac in this JVM. Its classes go where the application class loader looks for them. */
final class Compiler {
  /** The class path of this JVM begins with it. */
  private static final Path output = Path.of("/job/classes");

  private static final List<String> options = List.of("-proc:none", "-encoding", "UTF-8");

  private final JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
  private final StandardJavaFileManager files =
      javac.getStandardFileManager(null, null, StandardCharsets.UTF_8);

  /** Classes of the first file, as it names them, those first that are likely to be run. */
  private List<String> candidates = List.of();

  private String first = "";

  Compiler() {
    try {
      files.setLocationFromPaths(StandardLocation.CLASS_OUTPUT, List.of(output));
      files.setLocationFromPaths(StandardLocation.CLASS_PATH, List.of(output));
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
  }

  /** The exit code that javac would have; what it has to say is on stderr. */
  int compile(List<Job.File> sources) {
    first = sources.get(0).path();
    List<Source> units = sources.stream().map(Source::new).toList();
    JavacTask task = (JavacTask) javac.getTask(null, files, null, options, null, units);
    task.addTaskListener(new Declarations(units.get(0)));
    try {
      return task.call() ? 0 : 1;
    } catch (RuntimeException | Error crash) {
      crash.printStackTrace();
      return 4;
    }
  }

  /** What to run; null, and a line on stderr, where the first file has nothing to run. */
  Map.Entry<Class<?>, MethodHandle> program(String[] arguments) {
    for (String name : candidates) {
      var program = MainMethod.of(name, arguments);
      if (program != null) return program;
    }
    System.err.println(first + ": error: no class with a main method");
    return null;
  }

  /** Removes what was compiled; classes that were loaded stay loaded. */
  void forget() throws IOException {
    try (Stream<Path> paths = Files.walk(output)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        if (!path.equals(output)) Files.delete(path);
      }
    }
  }

  /** Hears of the classes of one file as soon as it has been read. */
  private final class Declarations implements TaskListener {
    private final Source file;

    Declarations(Source file) {
      this.file = file;
    }

    @Override
    public void finished(TaskEvent event) {
      if (event.getKind() != TaskEvent.Kind.PARSE) return;
      if (!event.getSourceFile().toUri().equals(file.toUri())) return;
      var unit = event.getCompilationUnit();
      String prefix = unit.getPackageName() == null ? "" : unit.getPackageName() + ".";
      List<ClassTree> classes = new ArrayList<>();
      for (Tree tree : unit.getTypeDecls()) if (tree instanceof ClassTree type) classes.add(type);
      classes.sort(Comparator.comparingInt(this::rank));
      candidates = classes.stream().map(type -> prefix + type.getSimpleName()).toList();
    }

    private int rank(ClassTree type) {
      if (type.getSimpleName().contentEquals(file.simpleName())) return 0;
      return type.getModifiers().getFlags().contains(Modifier.PUBLIC) ? 1 : 2;
    }
  }

  /** A file in memory. Its public class may have any name, because `code` comes without one. */
  private static final class Source extends SimpleJavaFileObject {
    private final Job.File file;

    Source(Job.File file) {
      super(uri(file.path()), JavaFileObject.Kind.SOURCE);
      this.file = file;
    }

    private static URI uri(String path) {
      return Path.of("/workspace", path).toUri();
    }

    String simpleName() {
      String name = file.path().substring(file.path().lastIndexOf('/') + 1);
      return name.endsWith(".java") ? name.substring(0, name.length() - 5) : name;
    }

    @Override
    public String getName() {
      return file.path();
    }

    @Override
    public boolean isNameCompatible(String simpleName, JavaFileObject.Kind kind) {
      boolean isInfo = simpleName.equals("package-info") || simpleName.equals("module-info");
      return kind == JavaFileObject.Kind.SOURCE && (!isInfo || simpleName.equals(simpleName()));
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return new String(file.content(), StandardCharsets.UTF_8);
    }
  }
}
