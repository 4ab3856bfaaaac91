package main

import "fmt"

func main() {
	fmt.Println("Hello from a sandbox that was warm before you asked.")
}
