// The hello world of every language, and what seed figures ask of its start.
/** One language as these benchmarks run it. */
export interface LanguageProgram {
  /** Its template, too. */
  readonly language: string;
  readonly code: string;
  /** Longest cold start, without compiling, in milliseconds (requirement 003, section 2.1). */
  readonly coldTargetMs: number | undefined;
}

/** Longest run of a hello world with stock in the pool (requirement 003, section 5.1). */
export const simpleExecutionMs = { p50: 100, p99: 500 };

/** In the order of the requirement's table. */
export const languagePrograms: readonly LanguageProgram[] = [
  { language: 'python', code: "print('hello world')", coldTargetMs: 500 },
  { language: 'javascript', code: "console.log('hello world')", coldTargetMs: 300 },
  {
    language: 'java',
    code: 'public class Main {\n  public static void main(String[] args) {\n    System.out.println("hello world");\n  }\n}\n',
    coldTargetMs: 1_000,
  },
  {
    language: 'go',
    code: 'package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println("hello world")\n}\n',
    coldTargetMs: 150,
  },
  {
    language: 'cpp',
    code: '#include <iostream>\n\nint main() {\n  std::cout << "hello world" << std::endl;\n}\n',
    coldTargetMs: 100,
  },
  {
    language: 'rust',
    code: 'fn main() {\n    println!("hello world");\n}\n',
    coldTargetMs: undefined,
  },
];
