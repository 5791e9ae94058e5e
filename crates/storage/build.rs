//! A new migration has to be seen by `sqlx::migrate!`, which only looks when this crate is compiled.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
