use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use domain::UserKey;

/// How many connections each user has open to this process: counted rather than looked for, since a user may have
/// thousands, and each that comes asks.
#[derive(Clone, Debug, Default)]
pub(super) struct Seats(Arc<Mutex<HashMap<UserKey, usize>>>);

/// An open connection. Gone from the count when it is dropped, with its socket.
pub(super) struct Seat {
    seats: Seats,
    user: UserKey,
}

impl Seats {
    /// One more connection for this user; `None` when they have `most`. Of several that come at once no more get in.
    pub(super) fn take(&self, user: &UserKey, most: usize) -> Option<Seat> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_user = taken.get(user).copied().unwrap_or_default();
        if of_user >= most {
            return None;
        }
        taken.insert(user.clone(), of_user + 1);
        drop(taken);
        Some(Seat {
            seats: self.clone(),
            user: user.clone(),
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut of_user) = taken.entry(self.user.clone()) {
            match of_user.get_mut() {
                0 | 1 => {
                    of_user.remove();
                }
                more => *more -= 1,
            }
        }
    }
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seat")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(user_id: u64) -> UserKey {
        UserKey {
            instance: "https://gitlab.example.com".parse().unwrap(),
            user_id,
        }
    }

    #[test]
    fn each_user_has_so_many_and_one_that_is_given_back_is_free_for_the_next() {
        let seats = Seats::default();
        let first = seats.take(&user(1), 2).unwrap();
        let second = seats.take(&user(1), 2).unwrap();
        assert!(seats.take(&user(1), 2).is_none());
        let other = seats.take(&user(2), 2).unwrap();
        drop(first);
        let third = seats.take(&user(1), 2).unwrap();
        assert!(seats.take(&user(1), 2).is_none());
        drop((second, third, other));
        assert!(seats.0.lock().unwrap().is_empty(), "whoever is gone is forgotten");
    }

    #[test]
    fn of_many_that_come_at_once_no_more_get_in() {
        let seats = Seats::default();
        let held: Vec<Seat> = std::thread::scope(|scope| {
            let coming: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        (0..50)
                            .filter_map(|_| seats.take(&user(1), 100))
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            coming.into_iter().flat_map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(held.len(), 100);
    }
}
