// Stop it with Cancel. Left alone, it is stopped after ten seconds.
package main

import (
	"fmt"
	"time"
)

func main() {
	for beats := 1; ; beats++ {
		fmt.Println("still here", beats)
		time.Sleep(500 * time.Millisecond)
	}
}
