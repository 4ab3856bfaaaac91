// Programs in compiled languages, and what they and their compilers say.
import type { ExitStatus } from '../driver.ts';

export type CompiledLanguage = 'go' | 'cpp' | 'rust';
type Files = Readonly<Record<string, string>>;

interface Cases {
  readonly hello: { readonly files: Files; readonly said: string };
  /** Run with `a b`, `it's` and nothing as arguments, a line on stdin, and GREETING. */
  readonly programs: readonly {
    readonly title: string;
    readonly files: Files;
    readonly said: string;
  }[];
  readonly mistakes: readonly {
    readonly title: string;
    readonly files: Files;
    readonly explained: RegExp;
  }[];
  /** Says which descriptors it has beside one to look with, and what is in /workspace and /job. */
  readonly looks: { readonly files: Files; readonly said: string };
  readonly ends: readonly {
    readonly title: string;
    readonly files: Files;
    readonly exit: ExitStatus;
  }[];
}

const seven: ExitStatus = { kind: 'exited', code: 7 };
const imports = (...names: readonly string[]) =>
  `package main\n\nimport (\n${names.map((name) => `\t"${name}"\n`).join('')})\n\n`;
const goSub = { 'sub/sub.go': 'package sub\n\nfunc Hi() string { return "sub" }\n' };
const saysSub = (path: string) => `${imports('fmt', path)}func main() { fmt.Print(sub.Hi()) }\n`;

const go: Cases = {
  hello: {
    files: { 'main.go': `${imports('fmt')}func main() { fmt.Print("hello") }\n` },
    said: 'hello',
  },
  programs: [
    {
      title: 'with arguments, stdin and environment',
      files: {
        'main.go': `${imports('bufio', 'fmt', 'os')}func main() {
	line, _ := bufio.NewReader(os.Stdin).ReadString('\\n')
	fmt.Printf("%q %q %s", os.Args[1:], line, os.Getenv("GREETING"))
}
`,
      },
      said: `["a b" "it's" ""] "a line\\n" hallo`,
    },
    {
      title: 'of several files in one package, some for others',
      files: {
        'main.go': `${imports('fmt')}func main() { fmt.Print(part()) }\n`,
        'part.go': 'package main\n\nfunc part() string { return "part" }\n',
        'part_windows.go': 'package main\n\nfunc part() string { return "windows" }\n',
        'part_test.go': 'package main\n\nfunc part() string { return "test" }\n',
        'ignored.go': '//go:build ignore\n\npackage other\n',
      },
      said: 'part',
    },
    {
      title: 'a module of several packages',
      files: {
        'main.go': saysSub('example.com/x/sub'),
        'go.mod': 'module example.com/x\n',
        ...goSub,
      },
      said: 'sub',
    },
    {
      title: 'several packages without a go.mod, as module main',
      files: { 'main.go': saysSub('main/sub'), ...goSub },
      said: 'sub',
    },
    {
      title: 'a program in a folder of its module',
      files: {
        'cmd/app/start.go': saysSub('example.com/x/sub'),
        'go.mod': 'module example.com/x\n\ngo 1.18\n',
        ...goSub,
      },
      said: 'sub',
    },
    {
      title: 'with an embedded file',
      files: {
        'main.go': `package main\n\nimport (\n\t_ "embed"\n\t"fmt"\n)\n\n//go:embed data.txt\nvar data string\n\nfunc main() { fmt.Print(data) }\n`,
        'data.txt': 'data',
      },
      said: 'data',
    },
    {
      title: 'with a vendored dependency',
      files: {
        'main.go': 'package main\n\nimport "example.com/v"\n\nfunc main() { v.Say() }\n',
        'go.mod': 'module x\n\ngo 1.18\n\nrequire example.com/v v1.0.0\n',
        'vendor/modules.txt': '# example.com/v v1.0.0\n## explicit\nexample.com/v\n',
        'vendor/example.com/v/v.go': `package v\n\nimport "fmt"\n\nfunc Say() { fmt.Print("v") }\n`,
      },
      said: 'v',
    },
    {
      title: 'with packages that few programs import',
      files: {
        'main.go': `${imports(
          ...['crypto/tls', 'database/sql', 'encoding/asn1', 'fmt', 'go/ast', 'go/parser'],
          ...['html/template', 'image', 'image/png', 'io', 'math/big', 'net/http', 'os', 'testing'],
        )}import _ "time/tzdata"

func main() {
	_, noDriver := sql.Open("none", "")
	sum, _ := parser.ParseExpr("a + b")
	_, isSum := sum.(*ast.BinaryExpr)
	seven, _ := asn1.Marshal(7)
	notPng := png.Encode(io.Discard, image.NewGray(image.Rect(0, 0, 1, 1)))
	fmt.Println(noDriver != nil, isSum, seven, notPng, big.NewInt(2), tls.VersionTLS13, testing.CoverMode())
	template.Must(template.New("").Parse("{{.}} ")).Execute(os.Stdout, "<")
	fmt.Print(http.StatusText(404))
}
`,
      },
      said: 'true true [2 1 7] <nil> 2 772 \n&lt; Not Found',
    },
    {
      title: 'a module of which another package imports such',
      files: {
        'main.go': saysSub('main/sub'),
        'sub/sub.go':
          'package sub\n\nimport `net/http`\n\nfunc Hi() string { return http.StatusText(404) }\n',
      },
      said: 'Not Found',
    },
  ],
  mistakes: [
    {
      title: 'a mistake',
      files: { 'main.go': 'package main\n\nfunc main() { nope() }\n' },
      explained: /^main\.go:3:15: undefined: nope\n$/,
    },
    {
      title: 'a mistake in another package',
      files: {
        'main.go': saysSub('example.com/x/sub'),
        'go.mod': 'module example.com/x\n',
        'sub/sub.go': 'package sub\n\nfunc Hi() string { return 1 }\n',
      },
      explained: /sub\/sub\.go:3:27: cannot use 1/,
    },
    {
      title: 'a missing main',
      files: { 'main.go': 'package main\n\nfunc hi() {}\n' },
      explained: /function main is undeclared in the main package/,
    },
    {
      title: 'a library',
      files: { 'main.go': 'package lib\n\nfunc Hi() {}\n' },
      explained: /^main\.go: not package main, so there is no program to run\n$/,
    },
    {
      title: 'a dependency that it cannot have',
      files: { 'main.go': `package main\n\nimport _ "example.com/y"\n\nfunc main() {}\n` },
      explained: /^main\.go:3:8: .*example\.com\/y/,
    },
    {
      title: 'that packages of the standard library are its own affair',
      files: { 'main.go': `package main\n\nimport _ "internal/abi"\n\nfunc main() {}\n` },
      explained: /use of internal package internal\/abi not allowed/,
    },
  ],
  looks: {
    files: {
      'main.go': `${imports('fmt', 'os', 'strings')}func names(path string) string {
	entries, _ := os.ReadDir(path)
	all := []string{}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), ".") && entry.Name() != "p" {
			all = append(all, entry.Name())
		}
	}
	return strings.Join(all, " ")
}

func main() { fmt.Print(names("/proc/self/fd"), "|", names("/workspace"), "|", names("/job")) }
`,
    },
    // Its runtime has opened a descriptor to wait with.
    said: '0 1 2 3|main.go|',
  },
  ends: [
    {
      title: 'with a code',
      files: { 'main.go': `${imports('os')}func main() { os.Exit(7) }\n` },
      exit: seven,
    },
    {
      title: 'with a panic',
      files: { 'main.go': 'package main\n\nfunc main() { panic("no") }\n' },
      exit: { kind: 'exited', code: 2 },
    },
  ],
};

const cpp: Cases = {
  hello: {
    files: { 'main.cpp': '#include <iostream>\nint main() { std::cout << "hello"; }\n' },
    said: 'hello',
  },
  programs: [
    {
      title: 'with arguments, stdin and environment',
      files: {
        'main.cpp': `#include <cstdlib>
#include <iostream>
#include <string>
int main(int count, char **args) {
    std::string line;
    std::getline(std::cin, line);
    for (int i = 1; i < count; ++i) std::cout << '<' << args[i] << '>';
    std::cout << line << std::getenv("GREETING");
}
`,
      },
      said: "<a b><it's><>a linehallo",
    },
    {
      title: 'of several files with odd names',
      files: {
        'main.cpp': `#include <iostream>\n#include "lib/hi.hpp"\nint more();\nint main() { std::cout << hi() << more(); }\n`,
        'lib/hi.hpp': '#pragma once\n#include <string>\nstd::string hi();\n',
        'lib/hi.cpp': '#include "hi.hpp"\nstd::string hi() { return "hi"; }\n',
        '-x y.cc': 'int more() { return 1; }\n',
      },
      said: 'hi1',
    },
    {
      title: 'whose names are those of headers that it does not include',
      files: {
        'main.cpp': `// A comment,
/* and another
   one */

#include <iostream>
using namespace std;
struct map { int count; };
int sort = 1, count = 2;
int gcd(int, int) { return 3; }
int main() { map m{4}; cout << sort << count << gcd(4L, 6L) << m.count << __FILE__ << __LINE__; }
`,
      },
      said: '1234main.cpp10',
    },
    {
      title: 'with every header, and threads',
      files: {
        'main.cpp': `#include <bits/stdc++.h>
using namespace std;
int main() { vector<int> v{3, 1, 2}; sort(v.begin(), v.end()); thread t([&] { cout << v[0] << v[2]; }); t.join(); }
`,
      },
      said: '13',
    },
    {
      title: 'with headers that few programs include',
      files: {
        'main.cpp': `#include <chrono>
#include <filesystem>
#include <future>
#include <iostream>
#include <random>
#include <regex>
#include <thread>
int main() {
    std::cout << std::regex_match("aab", std::regex("a+b")) << ' ' << std::mt19937()();
    std::cout << std::filesystem::path("/a/b.c").extension() << std::async([] { return 2; }).get();
}
`,
      },
      said: '1 3499211612".c"2',
    },
    {
      title: 'with what GNU and the system add to the standard',
      files: {
        'main.cpp': `#include <execution>
#include <iostream>
#include <ext/pb_ds/assoc_container.hpp>
#include <ext/pb_ds/tree_policy.hpp>
#include <ext/rope>
#include <linux/futex.h>
#include <sys/socket.h>
int main() {
    using namespace __gnu_pbds;
    tree<int, null_type, std::less<int>, rb_tree_tag, tree_order_statistics_node_update> ranks;
    ranks.insert(5);
    ranks.insert(3);
    std::cout << ranks.order_of_key(5) << __gnu_cxx::crope("rope") << FUTEX_WAKE << AF_UNIX;
}
`,
      },
      said: '1rope11',
    },
    {
      title: 'that sets what headers do before it includes them',
      files: {
        'main.cpp': `#define _GLIBCXX_DEBUG
#include <iostream>
#include <vector>
#include <algorithm>
int main() { std::cout << (sizeof(std::vector<int>) > 3 * sizeof(int *)); }
`,
      },
      said: '1',
    },
  ],
  mistakes: [
    {
      title: 'a mistake',
      files: { 'main.cpp': '#include <iostream>\nint main() { std::cout << nope; }\n' },
      explained:
        /^main\.cpp: In function .int main\(\).:\nmain\.cpp:2:27: error: .nope. was not declared/,
    },
    {
      title: 'mistakes of several files in their order',
      files: {
        'main.cpp': 'int main() { nope(); }\n',
        'lib/a.cpp': 'int a = nope;\n',
      },
      explained:
        /main\.cpp:1:14: error[\s\S]*lib\/a\.cpp:1:9: error|lib\/a\.cpp:1:9: error[\s\S]*main\.cpp:1:14: error/,
    },
    {
      title: 'a missing main',
      files: { 'main.cpp': 'int hi() { return 1; }\n' },
      explained: /undefined reference to .main/,
    },
    {
      title: 'a header that is not there',
      files: { 'main.cpp': '#include "nope.hpp"\nint main() {}\n' },
      explained: /^main\.cpp:1:10: fatal error: nope\.hpp: No such file/,
    },
  ],
  looks: {
    files: {
      'main.cpp': `#include <filesystem>
#include <iostream>
#include <set>
namespace fs = std::filesystem;
void names(const char *path) {
    std::set<std::string> all;
    for (auto &entry : fs::directory_iterator(path)) all.insert(entry.path().filename().string());
    for (auto &name : all) if (name[0] != '.' && name != "p") std::cout << name << ' ';
    std::cout << '|';
}
int main() { names("/proc/self/fd"); names("/workspace"); names("/job"); }
`,
    },
    said: '0 1 2 3 |main.cpp ||',
  },
  ends: [
    { title: 'with a code', files: { 'main.cpp': 'int main() { return 7; }\n' }, exit: seven },
    {
      title: 'with a signal',
      files: { 'main.cpp': '#include <cstdlib>\nint main() { std::abort(); }\n' },
      exit: { kind: 'signalled', signal: 'SIGABRT' },
    },
  ],
};

const rust: Cases = {
  hello: { files: { 'main.rs': 'fn main() { print!("hello"); }\n' }, said: 'hello' },
  programs: [
    {
      title: 'with arguments, stdin and environment',
      files: {
        'main.rs': `use std::{env, io};
fn main() {
    let mut line = String::new();
    io::stdin().read_line(&mut line).unwrap();
    let args: Vec<String> = env::args().skip(1).collect();
    print!("{args:?} {line:?} {}", env::var("GREETING").unwrap());
}
`,
      },
      said: `["a b", "it's", ""] "a line\\n" hallo`,
    },
    {
      title: 'of several modules, laid out as for cargo',
      files: {
        'src/main.rs':
          'mod one;\nmod two;\nfn main() { print!("{}{}", one::hi(), two::deep::hi()) }\n',
        'src/one.rs': `pub fn hi() -> &'static str { "one" }\n`,
        'src/two/mod.rs': 'pub mod deep;\n',
        'src/two/deep.rs': `pub fn hi() -> &'static str { "two" }\n`,
        'Cargo.toml': '[package]\nname = "x"\nversion = "1.0.0"\nedition = "2021"\n',
      },
      said: 'onetwo',
    },
    {
      title: 'with threads and collections',
      files: {
        'main.rs': `use std::{collections::HashMap, thread};
fn main() {
    let all: HashMap<u32, u32> = (0..4u32).map(|i| (i, thread::spawn(move || i * i).join().unwrap())).collect();
    print!("{}", all[&3]);
}
`,
      },
      said: '9',
    },
  ],
  mistakes: [
    {
      title: 'a mistake',
      files: { 'main.rs': 'fn main() { let x: i32 = "a"; }\n' },
      explained: /^error\[E0308\]: mismatched types\n *--> main\.rs:1:26/,
    },
    {
      title: 'a mistake in another file',
      files: { 'main.rs': 'mod part;\nfn main() {}\n', 'part.rs': 'fn f() -> i32 { nope }\n' },
      explained: /--> part\.rs:1:17/,
    },
    {
      title: 'a missing main',
      files: { 'main.rs': 'fn hi() {}\n' },
      explained: /`main` function not found in crate `main`/,
    },
    {
      title: 'a crate that it cannot have',
      files: { 'main.rs': 'use rand::Rng;\nfn main() {}\n' },
      explained: /rand[\s\S]*\nnote: programs are compiled by rustc alone/,
    },
  ],
  looks: {
    files: {
      'main.rs': `use std::fs;
fn names(path: &str) -> String {
    let all = fs::read_dir(path).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    let mut all: Vec<String> = all.filter(|n| !n.starts_with('.') && n != "p").collect();
    all.sort();
    all.join(" ")
}
fn main() { print!("{}|{}|{}", names("/proc/self/fd"), names("/workspace"), names("/job")) }
`,
    },
    said: '0 1 2 3|main.rs|',
  },
  ends: [
    {
      title: 'with a code',
      files: { 'main.rs': 'fn main() { std::process::exit(7) }\n' },
      exit: seven,
    },
    {
      title: 'with a panic',
      files: { 'main.rs': 'fn main() { panic!("no") }\n' },
      exit: { kind: 'exited', code: 101 },
    },
  ],
};

export const compiledCases: Readonly<Record<CompiledLanguage, Cases>> = { go, cpp, rust };
