package pilotlight.runner;

import java.io.FileDescriptor;

/** Where the program of an interactive job reads. */
final class StandardInput {
  /** See runner.sh. */
  private static final int jobs = 3;

  /**
   * Makes System.in, and every other reader of FileDescriptor.in, read on where the job came. Processes
   * that the program starts with its own descriptor 0 see the empty file there.
   */
  @SuppressWarnings("removal")
  static void follow() {
    try {
      var own = sun.misc.Unsafe.class.getDeclaredField("theUnsafe");
      own.setAccessible(true);
      var unsafe = (sun.misc.Unsafe) own.get(null);
      long offset = unsafe.objectFieldOffset(FileDescriptor.class.getDeclaredField("fd"));
      unsafe.putInt(FileDescriptor.in, offset, jobs);
    } catch (ReflectiveOperationException problem) {
      throw new IllegalStateException("This JVM's standard input cannot be moved.", problem);
    }
  }
}
