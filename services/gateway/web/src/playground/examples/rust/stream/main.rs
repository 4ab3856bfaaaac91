use std::{thread, time::Duration};

fn main() {
    for step in 1..=10 {
        println!("\x1b[3{}m{}\x1b[0m {} %", 1 + step % 6, "█".repeat(step), step * 10);
        thread::sleep(Duration::from_millis(300));
    }
    eprintln!("Warnings go to stderr.");
}
