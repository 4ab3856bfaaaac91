mod shapes;

use shapes::{Circle, Shape, Square};

fn main() {
    let all: [&dyn Shape; 2] = [&Circle { radius: 2.0 }, &Square { side: 3.0 }];
    for shape in all {
        println!("{:>8}: {:6.2}", shape.name(), shape.area());
    }
}
