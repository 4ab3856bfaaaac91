use std::io;

fn main() {
    let greeting = std::env::args().nth(1).unwrap_or("Hello".to_string());
    for name in io::stdin().lines() {
        println!("{}, {}!", greeting, name.unwrap());
    }
}
