package shapes

import "math"

type Shape interface {
	Name() string
	Area() float64
}

type Circle struct{ Radius float64 }

func (Circle) Name() string    { return "circle" }
func (c Circle) Area() float64 { return math.Pi * c.Radius * c.Radius }

type Square struct{ Side float64 }

func (Square) Name() string    { return "square" }
func (s Square) Area() float64 { return s.Side * s.Side }
