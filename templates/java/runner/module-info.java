/** Linked into the runtime, so that a program's class path is its own. */
module pilotlight.runner {
  requires jdk.compiler;
  requires jdk.unsupported;

  exports pilotlight.runner;
}
