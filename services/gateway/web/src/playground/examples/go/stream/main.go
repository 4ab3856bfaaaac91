package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

func main() {
	for step := 1; step <= 10; step++ {
		fmt.Printf("\033[3%dm%s\033[0m %d %%\n", 1+step%6, strings.Repeat("█", step), step*10)
		time.Sleep(300 * time.Millisecond)
	}
	fmt.Fprintln(os.Stderr, "Warnings go to stderr.")
}
