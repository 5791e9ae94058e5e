mod login;
mod logout;
mod session;

pub(super) use login::login;
pub(super) use logout::logout;
pub(super) use session::session;
