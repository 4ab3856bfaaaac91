// The main class of the waiting JVM. It is on the boot class path, where @Hidden keeps its frames out
// of stack traces: below a program's own main there is nothing, as with `java Main`.
package pilotlight;

import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import jdk.internal.vm.annotation.Hidden;

public final class Launcher {
  /** Runs what the runner has, one after another: its warm-up, then the program of the job. */
  @Hidden
  @SuppressWarnings("unchecked")
  public static void main(String[] args) throws Throwable {
    Class<?> runner =
        Class.forName("pilotlight.runner.Runner", true, ClassLoader.getSystemClassLoader());
    var programs = (Iterator<Map.Entry<Class<?>, MethodHandle>>)
        runner.getConstructor(String[].class).newInstance((Object) args);
    while (programs.hasNext()) {
      var program = programs.next();
      initialise(program.getKey());
      // Whatever it throws ends the JVM as it does for `java Main`.
      program.getValue().invokeExact();
    }
  }

  /** Runs static initialisers, which in `java Main` happens outside of any Java frame. */
  @Hidden
  private static void initialise(Class<?> type) throws ClassNotFoundException {
    try {
      Class.forName(type.getName(), true, type.getClassLoader());
    } catch (Error error) {
      trim(error);
      if (error.getCause() != null) trim(error.getCause());
      throw error;
    }
  }

  /** Takes Class.forName off the end of a trace. */
  private static void trim(Throwable thrown) {
    StackTraceElement[] trace = thrown.getStackTrace();
    int end = trace.length;
    while (end > 0 && trace[end - 1].getClassName().equals("java.lang.Class")) end--;
    thrown.setStackTrace(Arrays.copyOf(trace, end));
  }
}
