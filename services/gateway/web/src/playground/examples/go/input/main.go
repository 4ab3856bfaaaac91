package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	greeting := "Hello"
	if len(os.Args) > 1 {
		greeting = os.Args[1]
	}
	names := bufio.NewScanner(os.Stdin)
	for names.Scan() {
		fmt.Printf("%s, %s!\n", greeting, names.Text())
	}
}
