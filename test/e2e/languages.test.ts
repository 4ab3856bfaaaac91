// Every language through the whole platform, as a user meets it.
import { describe, expect, it } from 'vitest';
import type { Wanted } from './behaviour-fixture.ts';
import { useDrivers } from './drivers.ts';
import { usePlatform } from './fixture.ts';

/** Reads a line, calls another file, greets an argument, and ends with 3. */
const programs = {
  python: {
    entry: 'main.py',
    hello: 'print("hello")\n',
    mistake: undefined,
    files: {
      'main.py': `import sys
from greeting import of
print(of(input()))
print(sys.argv[1], end="")
sys.exit(3)
`,
      'greeting/__init__.py': 'def of(name): return f"hello {name}"\n',
    },
  },
  javascript: {
    entry: 'index.js',
    hello: 'console.log("hello");\n',
    mistake: undefined,
    files: {
      'index.js': `const { of } = require('./greeting/of.js');
const line = require('fs').readFileSync(0, 'utf8');
process.stdout.write(of(line) + process.argv[2]);
process.exitCode = 3;
`,
      'greeting/of.js': 'exports.of = (name) => "hello " + name;\n',
    },
  },
  java: {
    entry: 'Main.java',
    hello:
      'public class Main { public static void main(String[] a) { System.out.println("hello"); } }\n',
    mistake: 'public class Main {\n  public static void main(String[] a) { nope(); }\n}\n',
    files: {
      'Main.java': `import java.util.Scanner;

public class Main {
    public static void main(String[] args) {
        System.out.println(greeting.Greeting.of(new Scanner(System.in).nextLine()));
        System.out.print(Rest.of(args));
        System.exit(3);
    }
}
`,
      'Rest.java': 'class Rest { static String of(String[] args) { return args[0]; } }\n',
      'greeting/Greeting.java': `package greeting;

public class Greeting {
    public static String of(String name) { return "hello " + name; }
}
`,
    },
  },
  go: {
    entry: 'main.go',
    hello: 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("hello") }\n',
    mistake: 'package main\n\nfunc main() { nope() }\n',
    files: {
      'main.go': `package main

import (
	"bufio"
	"fmt"
	"main/greeting"
	"os"
)

func main() {
	line, _ := bufio.NewReader(os.Stdin).ReadString('\\n')
	fmt.Print(greeting.Of(line), os.Args[1])
	os.Exit(3)
}
`,
      'greeting/greeting.go':
        'package greeting\n\nfunc Of(name string) string { return "hello " + name }\n',
    },
  },
  cpp: {
    entry: 'main.cpp',
    hello: '#include <iostream>\nint main() { std::cout << "hello\\n"; }\n',
    mistake: 'int main() { nope(); }\n',
    files: {
      'main.cpp': `#include <iostream>
#include "greeting/greeting.hpp"
int main(int, char **args) {
    std::string line;
    std::getline(std::cin, line);
    std::cout << greeting(line) << '\\n' << args[1];
    return 3;
}
`,
      'greeting/greeting.hpp': '#include <string>\nstd::string greeting(std::string);\n',
      'greeting/greeting.cpp':
        '#include "greeting.hpp"\nstd::string greeting(std::string name) { return "hello " + name; }\n',
    },
  },
  rust: {
    entry: 'main.rs',
    hello: 'fn main() { println!("hello"); }\n',
    mistake: 'fn main() { nope() }\n',
    files: {
      'main.rs': `mod greeting;
fn main() {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    print!("{}{}", greeting::of(&line), std::env::args().nth(1).unwrap());
    std::process::exit(3)
}
`,
      'greeting/mod.rs': 'pub fn of(name: &str) -> String { format!("hello {name}") }\n',
    },
  },
} as const;

const drivers = await useDrivers(Object.keys(programs));
const cases = drivers.flatMap(({ name, platform }) =>
  Object.entries(programs).map(([language, program]) => ({ name, platform, language, ...program })),
);

describe.each(cases)('$language on $name', ({ platform, language, ...program }) => {
  const { entry, hello, mistake, files } = program;
  const isCompiled = mistake !== undefined;
  const under = usePlatform({ ...platform, templates: [language] });
  const run = (wanted: Omit<Wanted, 'language'>) =>
    under.client.run({ language, userId: 'ann', ...wanted });

  it('says hello, compiled and run apart', async () => {
    const { result, ...outcome } = await run({ code: hello });
    const compiled = { status: 'completed', exitCode: 0, stdout: '', stderr: '' };
    expect(outcome).toMatchObject({
      ...{ status: 'completed', exitCode: 0, stdout: 'hello\n', stderr: '' },
      ...(isCompiled && { compile: compiled }),
    });
    expect(result.version).toMatch(/^\d+(\.\d+)+$/);
    if (isCompiled) expect(result.compile?.executionTimeMs).toBeGreaterThan(0);
    else expect(result.compile).toBeUndefined();
  });

  it('runs several files with stdin and arguments, and tells the exit code', async () => {
    const sources = Object.entries(files).map(([path, content]) => ({ path, content }));
    expect(await run({ files: sources, stdin: 'ann\n', args: ['there'] })).toMatchObject({
      ...{ status: 'completed', exitCode: 3, stdout: 'hello ann\nthere', stderr: '' },
      ...(isCompiled && { compile: { stdout: '', stderr: '' } }),
    });
  });

  if (isCompiled)
    it('tells where it does not compile', async () => {
      const { status, stdout, compile } = await run({ code: mistake ?? '' });
      expect([status, stdout]).toEqual(['compile_error', '']);
      expect(compile?.stderr).toMatch(new RegExp(`${entry}:\\d+`));
      expect(compile?.stderr).toContain('nope');
    });
});
