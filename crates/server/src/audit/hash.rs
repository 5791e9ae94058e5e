use std::fmt::Write as _;

/// A hash as people compare it: 64 hexadecimal digits.
pub(crate) fn hex(hash: &[u8; 32]) -> String {
    let mut digits = String::with_capacity(64);
    for byte in hash {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
