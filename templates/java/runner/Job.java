package pilotlight.runner;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What came on the wire, with everything in its place: files below /workspace, stdin, environment. */
record Job(List<File> sources, String[] arguments, String nonce) {
  private static final int block = 512;

  /** A source file under the name that its author gave it. */
  record File(String path, byte[] content) {}

  /** Null when no job ever came. */
  static Job read(InputStream stream) throws IOException {
    DataInputStream input = new DataInputStream(stream);
    byte[] header = new byte[16];
    try {
      input.readFully(header);
      int size = Integer.parseInt(new String(header, StandardCharsets.US_ASCII).trim());
      byte[] archive = new byte[size];
      input.readFully(archive);
      return unpack(archive);
    } catch (EOFException never) {
      return null;
    }
  }

  private static Job unpack(byte[] archive) throws IOException {
    List<String> argv = List.of();
    List<File> files = new ArrayList<>();
    String nonce = null;
    boolean isInteractive = true;
    for (int offset = 0; archive[offset] != 0; ) {
      String name = name(archive, offset);
      int size = Integer.parseInt(text(archive, offset + 124, 11), 8);
      int start = offset + block;
      byte[] content = Arrays.copyOfRange(archive, start, start + size);
      switch (name) {
        case "job/argv" -> argv = values(content);
        case "job/env" -> Environment.add(values(content));
        case "job/stdin" -> {
          putStdin(content);
          isInteractive = false;
        }
        case "job/nonce" -> nonce = text(content, 0, size);
        default -> {
          if (name.startsWith("workspace/")) files.add(putFile(name, content));
        }
      }
      offset = start + (size + block - 1) / block * block;
    }
    if (isInteractive) StandardInput.follow();
    String[] arguments = argv.subList(1, argv.size()).toArray(String[]::new);
    return new Job(sources(files, argv.get(0)), arguments, nonce);
  }

  /** The file to run, whatever it is called, then everything else that is Java. */
  private static List<File> sources(List<File> files, String first) {
    List<File> sources = new ArrayList<>();
    for (File file : files) {
      if (file.path().equals(first)) sources.add(0, file);
      else if (file.path().endsWith(".java")) sources.add(file);
    }
    return sources;
  }

  private static File putFile(String name, byte[] content) throws IOException {
    Path path = Path.of("/" + name);
    if (name.indexOf('/') != name.lastIndexOf('/')) Files.createDirectories(path.getParent());
    Files.write(path, content, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    return new File(name.substring("workspace/".length()), content);
  }

  /** Fills the file that is descriptor 0 already. */
  private static void putStdin(byte[] content) throws IOException {
    Path path = Path.of("/job/stdin");
    Files.write(path, content, StandardOpenOption.WRITE);
    Files.delete(path);
  }

  private static String name(byte[] archive, int offset) {
    String name = text(archive, offset, 100);
    String prefix = text(archive, offset + 345, 155);
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  private static String text(byte[] bytes, int offset, int length) {
    int end = offset;
    while (end < offset + length && bytes[end] != 0) end++;
    return new String(bytes, offset, end - offset, StandardCharsets.UTF_8);
  }

  private static List<String> values(byte[] content) {
    List<String> values = new ArrayList<>();
    int start = 0;
    for (int at = 0; at < content.length; at++) {
      if (content[at] != 0) continue;
      values.add(new String(content, start, at - start, StandardCharsets.UTF_8));
      start = at + 1;
    }
    return values;
  }
}
