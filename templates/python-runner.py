# The runner of Python templates: waits for one job (see job.ts) and becomes the program. Written
# for a fast start: it imports next to nothing that the interpreter has not loaded by itself, and is
# meant to be run as `python3 -I -S`, because the site module can take longer than all the rest.
#
#   python-runner.py MODULE...   imports these before it says that it is ready
import os
import sys


def lean_site():
    """What programs expect of the site module, without its .pth files, which run code at each start."""
    import builtins

    import _sitebuiltins

    builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D (i.e. EOF)")
    builtins.quit = _sitebuiltins.Quitter("quit", "Ctrl-D (i.e. EOF)")
    builtins.help = _sitebuiltins._Helper()
    library = os.path.dirname(os.__file__)
    version = os.path.basename(library)
    for path in (
        library + "/site-packages",
        "/usr/local/lib/" + version + "/dist-packages",
        "/opt/pilotlight/debian/usr/lib/python3/dist-packages",
        "/usr/lib/python3/dist-packages",
    ):
        # Debian's folders belong to the interpreter in /usr only.
        if os.path.isdir(path) and (path.startswith(library) or library.startswith("/usr/lib/")):
            sys.path.append(path)


def import_ahead(modules):
    """Imports modules and answers all that came with them."""
    before = set(sys.modules)
    for name in modules:
        __import__(name)
    return set(sys.modules) - before


def read_exactly(size):
    """The next `size` bytes of descriptor 0; ends quietly when no job ever comes."""
    data = bytearray(size)
    view = memoryview(data)
    while view:
        count = os.readv(0, [view])
        if count == 0:
            sys.exit(0)
        view = view[count:]
    return data


def text(field):
    return os.fsdecode(bytes(field).split(b"\0", 1)[0])


def entries(archive):
    """(path, content) for each regular file of a ustar archive."""
    offset = 0
    while archive[offset]:
        name = text(archive[offset : offset + 100])
        prefix = text(archive[offset + 345 : offset + 500])
        size = int(bytes(archive[offset + 124 : offset + 135]), 8)
        start = offset + 512
        yield (prefix + "/" + name if prefix else name), archive[start : start + size]
        offset = start + (size + 511) // 512 * 512


def write_file(path, content):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    while content:
        content = content[os.write(fd, content) :]
    os.close(fd)


def put_stdin(content):
    """Descriptor 0 becomes a file of its own, which `open('/dev/stdin')` can open again."""
    write_file("/job/stdin", content)
    fd = os.open("/job/stdin", os.O_RDONLY)
    os.unlink("/job/stdin")
    os.dup2(fd, 0)
    os.close(fd)
    stream = open(0, encoding=sys.stdin.encoding, errors=sys.stdin.errors, closefd=False)
    stream.buffer.raw.name = "<stdin>"
    sys.stdin = sys.__stdin__ = stream


def values(field):
    return [os.fsdecode(value) for value in bytes(field).split(b"\0")[:-1]]


def unpack(archive):
    """Puts everything in its place and returns the program's arguments."""
    argv = []
    made = {"workspace"}
    for path, content in entries(archive):
        if path == "job/argv":
            argv = values(content)
        elif path == "job/env":
            os.environ.update(pair.split("=", 1) for pair in values(content))
        elif path == "job/stdin":
            put_stdin(content)
        elif path.startswith("workspace/"):
            folder = path.rpartition("/")[0]
            if folder not in made:
                os.makedirs("/" + folder, exist_ok=True)
                made.add(folder)
            write_file("/" + path, content)
    return argv


def prepare_main(argv):
    """The namespace and the path of the program, as `python3 FILE` would have them."""
    os.chdir("/workspace")
    path = os.path.join("/workspace", argv[0])
    sys.argv[:] = argv
    folder = os.path.dirname(path)
    sys.path.insert(0, folder)
    # A module of the program's own wins over one of the same name that was imported ahead.
    for name in os.listdir(folder) if imported_ahead else ():
        module = name.removesuffix(".py")
        if module in imported_ahead:
            sys.modules.pop(module, None)
    main = type(sys)("__main__")
    main.__file__ = path
    main.__builtins__ = sys.modules["builtins"]
    main.__loader__ = type(__loader__)("__main__", path)
    sys.modules["__main__"] = main
    return main.__dict__, path


def without_runner(hook):
    """Shows an exception without the frames of this file: the module's and become_program's."""

    def show(kind, error, trace):
        trace = trace.tb_next.tb_next
        hook(kind, error.with_traceback(trace), trace)

    return show


def become_program():
    os.write(1, b"R")
    argv = unpack(memoryview(read_exactly(int(read_exactly(16)))))
    namespace, path = prepare_main(argv)
    try:
        with open(path, "rb") as file:
            code = compile(file.read(), path, "exec", dont_inherit=True)
        exec(code, namespace)
    except SystemExit:
        raise
    except KeyboardInterrupt:
        # The interpreter shows it and dies of SIGINT.
        sys.excepthook = without_runner(sys.excepthook)
        raise
    except BaseException as error:
        # This function's own frame is no part of the user's traceback.
        error.__traceback__ = error.__traceback__.tb_next
        sys.excepthook(type(error), error, error.__traceback__)
        sys.exit(1)


if sys.flags.no_site:
    lean_site()
imported_ahead = import_ahead(sys.argv[1:])
sys.stdout.reconfigure(line_buffering=True)
become_program()
