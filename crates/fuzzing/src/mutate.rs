//! Small changes to inputs, where no libFuzzer is at hand.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Pieces that parsers of ours and others' stumble over.
const PIECES: [&[u8]; 40] = [
    b"\0",
    b"\n",
    b"\r\n",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xc3\x28",
    b"\"",
    b"'",
    b"`",
    b"\\",
    b",",
    b";",
    b":",
    b"=",
    b"&a",
    b"*a",
    b"<<: *a",
    b"[",
    b"]",
    b"{",
    b"}",
    b"[[[[[[[[",
    b"- ",
    b"  ",
    b"\t",
    b"%",
    b"%2e%2e",
    b"%00",
    b"..",
    b"//",
    b"-1",
    b"0",
    b"18446744073709551616",
    b"1e999",
    b"null",
    b"true",
    b"=cmd()",
    b"<",
    b">",
    b"\xf0\x9f\x92\xa9",
];

/// An endless row of inputs made from seeds, the same for the same number.
#[derive(Debug)]
pub struct Mutations<'s> {
    seeds: &'s [Vec<u8>],
    random: StdRng,
}

impl<'s> Mutations<'s> {
    /// From these seeds, of which there is at least one.
    pub fn of(seeds: &'s [Vec<u8>], number: u64) -> Self {
        assert!(!seeds.is_empty(), "mutations of nothing");
        Self {
            seeds,
            random: StdRng::seed_from_u64(number),
        }
    }

    fn place(&mut self, length: usize) -> usize {
        self.random.random_range(0..=length)
    }

    fn seed(&mut self) -> &'s [u8] {
        let place = self.random.random_range(0..self.seeds.len());
        &self.seeds[place]
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.place(input.len());
        match self.random.random_range(0..7) {
            0 => {
                let piece = PIECES[self.random.random_range(0..PIECES.len())];
                input.splice(at..at, piece.iter().copied());
            }
            1 => {
                let end = (at + self.random.random_range(1..=8)).min(input.len());
                input.drain(at..end);
            }
            2 => input.truncate(at),
            3 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << self.random.random_range(0..8);
                }
            }
            4 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte = self.random.random();
                }
            }
            5 => {
                let end = (at + self.random.random_range(1..=32)).min(input.len());
                let copied = input[at..end].to_vec();
                let to = self.place(input.len());
                input.splice(to..to, copied);
            }
            _ => {
                let other = self.seed();
                let from = self.random.random_range(0..=other.len());
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
        }
    }
}

impl Iterator for Mutations<'_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let mut input = self.seed().to_vec();
        for _ in 0..self.random.random_range(1..=6) {
            self.change(&mut input);
        }
        Some(input)
    }
}
