package pilotlight.runner;

import java.lang.reflect.Field;
import java.util.List;
import java.util.Map;

/** The variables of a job, which come when the JVM has read its own already. */
final class Environment {
  /**
   * Adds NAME=value pairs to what System.getenv answers and ProcessBuilder.environment begins with; a
   * child that is given no environment gets what the JVM was started with. The map behind the
   * read-only view is not open to reflection, and a flag that opens it would show in the program.
   */
  @SuppressWarnings({"removal", "unchecked"})
  static void add(List<String> pairs) {
    if (pairs.isEmpty()) return;
    try {
      Field own = sun.misc.Unsafe.class.getDeclaredField("theUnsafe");
      own.setAccessible(true);
      sun.misc.Unsafe unsafe = (sun.misc.Unsafe) own.get(null);
      Map<String, String> view = System.getenv();
      long offset = unsafe.objectFieldOffset(view.getClass().getDeclaredField("m"));
      Map<String, String> behind = (Map<String, String>) unsafe.getObject(view, offset);
      for (String pair : pairs) {
        int at = pair.indexOf('=');
        behind.put(pair.substring(0, at), pair.substring(at + 1));
      }
    } catch (ReflectiveOperationException problem) {
      throw new IllegalStateException("This JVM's environment cannot be changed.", problem);
    }
  }
}
