package pilotlight.runner;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Map;

/** Finds what `java CLASS` would run. */
final class MainMethod {
  /** From Java 25 on a main method need be neither public nor static, and may have no parameter. */
  private static final boolean isRelaxed = Runtime.version().feature() >= 25;

  /**
   * The class, loaded but not initialised, and its main method with the arguments bound: a handle
   * without parameters, because the frames of handles are hidden and those of reflection are not.
   * Null where the class has none.
   */
  static Map.Entry<Class<?>, MethodHandle> of(String name, String[] arguments) {
    try {
      Class<?> type = Class.forName(name, false, ClassLoader.getSystemClassLoader());
      Method method = declared(type, String[].class);
      if (method == null && isRelaxed) method = declared(type);
      return method == null ? null : Map.entry(type, bind(type, method, arguments));
    } catch (ReflectiveOperationException problem) {
      return null;
    }
  }

  /** Of the class itself or of what it inherits from, as the launcher looks for it. */
  private static Method declared(Class<?> type, Class<?>... parameters) {
    for (Class<?> at = type; at != null; at = at.getSuperclass()) {
      try {
        Method method = at.getDeclaredMethod("main", parameters);
        if (method.getReturnType() == void.class && isAllowed(method.getModifiers())) return method;
      } catch (NoSuchMethodException problem) {
        // The class above may have one.
      }
    }
    return null;
  }

  private static boolean isAllowed(int modifiers) {
    if (isRelaxed) return !Modifier.isPrivate(modifiers);
    return Modifier.isPublic(modifiers) && Modifier.isStatic(modifiers);
  }

  private static MethodHandle bind(Class<?> type, Method method, String[] arguments)
      throws ReflectiveOperationException {
    method.setAccessible(true);
    MethodHandle main = MethodHandles.lookup().unreflect(method).asFixedArity();
    if (!Modifier.isStatic(method.getModifiers())) {
      Constructor<?> constructor = type.getDeclaredConstructor();
      constructor.setAccessible(true);
      MethodHandle made = MethodHandles.lookup().unreflectConstructor(constructor);
      // The method may be inherited, and takes what declares it.
      made = made.asType(made.type().changeReturnType(method.getDeclaringClass()));
      main = MethodHandles.collectArguments(main, 0, made);
    }
    if (method.getParameterCount() == 0) return main;
    return MethodHandles.insertArguments(main, 0, (Object) arguments);
  }
}
