// Stop it with Cancel. Left alone, it is stopped after ten seconds.
use std::{thread, time::Duration};

fn main() {
    for beats in 1u32.. {
        println!("still here {}", beats);
        thread::sleep(Duration::from_millis(500));
    }
}
