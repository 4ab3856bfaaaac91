package main

import (
	"fmt"
	"main/shapes"
)

func main() {
	for _, shape := range []shapes.Shape{shapes.Circle{Radius: 2}, shapes.Square{Side: 3}} {
		fmt.Printf("%8s: %6.2f\n", shape.Name(), shape.Area())
	}
}
