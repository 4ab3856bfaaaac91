// What a Java program may expect of its sandbox: all that `javac` and `java Main` would do.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SandboxDriver, SandboxTemplate } from '../driver.ts';
import { compileAndRun, type Submission } from './compile-and-run.ts';
import { Harness } from './harness.ts';
import { templateFiles } from './template-files.ts';
import { hostTemplates } from './templates.ts';

/** As templates/java/template.yaml has it. */
export const javaTemplate: SandboxTemplate = {
  name: 'java',
  image: 'pilotlight/java',
  toolchains: ['java'],
  isolation: 'default',
  runner: ['sh', '/pilotlight/runner.sh'],
  files: templateFiles('java', [
    ...['runner.sh', 'jvm.options', 'Build.java', 'Launcher.java', 'Training.java', 'runner'],
  ]),
  env: {},
  artefacts: {
    debian: [],
    build: ['java', '/pilotlight/Build.java', '/pilotlight', '/opt/pilotlight'],
    timeoutSeconds: 180,
    memoryBytes: 1 << 30,
  },
};

const main = (body: string, more = '') =>
  `public class Main { ${more} public static void main(String[] args) throws Exception { ${body} } }`;

/** The suite for one driver, whose first sandbox may have to wait for the build of the artefacts. */
export function describeJava(
  name: string,
  makeDriver: () => Promise<SandboxDriver>,
  stop: () => Promise<void> = async () => {},
): void {
  describe(`java on ${name}`, () => {
    let harness: Harness;
    beforeAll(async () => {
      harness = new Harness(await makeDriver(), { templates: hostTemplates(), real: true });
      const signal = new AbortController().signal;
      const { version } = await harness.driver.prepare(javaTemplate, { signal });
      expect(version).toMatch(/^\d+(\.\d+)*$/);
    }, 180_000);
    afterEach(() => harness.destroyAll());
    afterAll(async () => {
      await harness.driver.close();
      await stop();
    });

    const run = (body: string, more: Omit<Submission, 'files'> & { members?: string } = {}) =>
      compileAndRun(harness, javaTemplate, {
        ...more,
        files: { 'Main.java': main(body, more.members) },
      });

    it('compiles several files in packages and runs the first one', async () => {
      const outcome = await compileAndRun(harness, javaTemplate, {
        files: {
          'app/Start.java':
            'package app; import app.text.Shout;\nclass Start { public static void main(String... a) throws Exception {' +
            ' System.out.println(Shout.of(new String(System.in.readAllBytes())) + a.length + a[0]); } }',
          'app/text/Shout.java':
            'package app.text; public class Shout { public static String of(String s) { return s.toUpperCase(); } }',
          'data/numbers.txt': '1 2 3',
        },
        args: ['ä b', ''],
        stdin: 'quiet',
      });
      expect(outcome).toMatchObject({
        compile: { code: 0, stdout: '', stderr: '' },
        stdout: 'QUIET2ä b\n',
        stderr: '',
        exit: { kind: 'exited', code: 0 },
      });
    });

    it('runs a public class whatever its file is called', async () => {
      const source =
        'class Part {} public class Hello { public static void main(String[] a) { System.out.print("ü"); } }';
      const { stdout } = await compileAndRun(harness, javaTemplate, {
        files: { 'Main.java': source },
      });
      expect(stdout).toBe('ü');
    });

    it('says what the compiler says, with the names of the user', async () => {
      const { compile, exit } = await compileAndRun(harness, javaTemplate, {
        files: { 'src/Main.java': 'class Main {\n  int x = "text";\n}\n' },
      });
      expect(compile).toMatchObject({ code: 1, stdout: '' });
      expect(compile.stderr).toBe(
        'src/Main.java:2: error: incompatible types: String cannot be converted to int\n' +
          '  int x = "text";\n          ^\n1 error\n',
      );
      expect(exit).toEqual({ kind: 'exited', code: 1 });
    });

    it('says so where nothing can be run', async () => {
      const { compile } = await compileAndRun(harness, javaTemplate, {
        files: { 'Main.java': 'class Main {}' },
      });
      expect(compile).toMatchObject({
        code: 1,
        stderr: 'Main.java: error: no class with a main method\n',
      });
    });

    it('reads its stdin in every usual way', async () => {
      const { stdout } = await run(
        'System.out.print(new java.util.Scanner(System.in).nextLine()' +
          ' + java.nio.file.Files.readString(java.nio.file.Path.of("/dev/stdin"))' +
          ' + new String(new ProcessBuilder("cat").redirectInput(new java.io.File("/dev/stdin")).start().getInputStream().readAllBytes()));',
        { stdin: 'in\n' },
      );
      expect(stdout).toBe('inin\nin\n');
    });

    it('gives a program its folder, its files and its environment', async () => {
      const { stdout } = await run(
        'System.out.println(System.getProperty("user.dir") + System.getenv("GREETING") + new java.io.File("Main.java").exists()' +
          ' + Main.class.getResource("/Main.java") + ClassLoader.getSystemClassLoader().equals(Main.class.getClassLoader()));',
        { env: { GREETING: 'hallo' } },
      );
      expect(stdout).toBe('/workspacehallotruefile:/workspace/Main.javatrue\n');
    });

    it.each([
      [
        'thrown in main',
        'throw new IllegalStateException("no", new RuntimeException("why"));',
        '',
        'Exception in thread "main" java.lang.IllegalStateException: no\n\tat Main.main(Main.java:1)\n' +
          'Caused by: java.lang.RuntimeException: why\n\t... 1 more\n',
      ],
      [
        'thrown while the class is initialised',
        '',
        'static int x = 1 / Integer.parseInt("0");',
        'Exception in thread "main" java.lang.ExceptionInInitializerError\n' +
          'Caused by: java.lang.ArithmeticException: / by zero\n\tat Main.<clinit>(Main.java:1)\n',
      ],
    ])('ends with the trace of what was %s', async (_, body, members, trace) => {
      const { stderr, exit } = await run(body, { members });
      expect([stderr, exit]).toEqual([trace, { kind: 'exited', code: 1 }]);
    });

    it('shows a program its own frames only', async () => {
      const { stdout } = await run(
        'for (var e : new Exception().getStackTrace()) System.out.print(e + " ");' +
          'for (var e : Thread.currentThread().getStackTrace()) System.out.print(e.getMethodName() + " ");' +
          'System.out.print(Thread.currentThread().getName() + Thread.activeCount());',
      );
      expect(stdout).toBe('Main.main(Main.java:1) getStackTrace main main1');
    });

    it('ends as System.exit says, and runs shutdown hooks', async () => {
      const { stdout, exit } = await run(
        'Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.print("hook")));' +
          'System.out.print("before "); System.exit(7);',
      );
      expect([stdout, exit]).toEqual(['before hook', { kind: 'exited', code: 7 }]);
    });

    it('waits for threads that are no daemons, also after a failure of main', async () => {
      const { stdout, exit } = await run(
        'var go = new java.util.concurrent.CountDownLatch(1); Thread main = Thread.currentThread();' +
          'new Thread(() -> { try { main.join(); } catch (InterruptedException e) {} System.out.print("later"); }).start();' +
          'throw new Exception("now");',
      );
      expect([stdout, exit]).toEqual(['later', { kind: 'exited', code: 1 }]);
    });

    it('has room for a hundred threads', async () => {
      const { stdout, stderr } = await run(
        'var done = new java.util.concurrent.CountDownLatch(100);' +
          'for (int i = 0; i < 100; i++) new Thread(() -> { done.countDown(); try { done.await(); } catch (InterruptedException e) {} }).start();' +
          'done.await(); System.out.print("all");',
      );
      expect([stdout, stderr]).toEqual(['all', '']);
    });

    it('works in the least memory that the template allows', async () => {
      const { stdout, usage } = await run('System.out.print("small");', {
        limits: { memoryBytes: 64 << 20 },
      });
      expect([stdout, usage[2].oomKills]).toEqual(['small', 0]);
    });

    it('is killed where it takes more memory than the sandbox has', async () => {
      const { exit, usage } = await run(
        'var all = new java.util.ArrayList<byte[]>(); while (true) { byte[] b = new byte[1 << 20]; java.util.Arrays.fill(b, (byte) 1); all.add(b); }',
      );
      expect(exit).toEqual({ kind: 'signalled', signal: 'SIGKILL' });
      expect(usage[2].oomKills).toBeGreaterThan(0);
    });

    it('maps its archive of classes, without which it would start at half the speed', async () => {
      const sandbox = await harness.make({ ...harness.spec('shell'), template: javaTemplate });
      const java = '/opt/pilotlight/java/bin/java @/opt/pilotlight/java/runner.options';
      const command = await sandbox.exec({ argv: ['sh', '-c', `${java} -Xshare:on -version`] });
      const { exit, stderr } = await harness.outcome(sandbox, command);
      expect([exit, stderr]).toEqual([
        { kind: 'exited', code: 0 },
        expect.stringContaining('sharing'),
      ]);
    });

    it('has nothing of the warm-up or of the platform on its class path', async () => {
      const { stdout } = await run(
        'System.out.print(System.getProperty("java.class.path") + " " + java.util.Arrays.toString(new java.io.File("/job/classes").list()));',
      );
      expect(stdout).toBe('/job/classes:/workspace [Main.class]');
    });
  });
}
