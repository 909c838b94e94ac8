//! The name under which this process acts.

use crate::conf::{Conf, key};

/// `alluxio.security.login.username`, or else the user of the process.
pub fn login_user(conf: &Conf) -> String {
    conf.find_string(key::SECURITY_LOGIN_USERNAME)
        .unwrap_or(&conf.machine().user_name)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conf::Machine;

    #[test]
    fn the_configured_name_wins_over_the_user_of_the_process() {
        let machine = Machine::sample();
        let conf = Conf::defaults(machine.clone());
        assert_eq!(login_user(&conf), "alluxio");
        let conf = Conf::of(machine, &[(key::SECURITY_LOGIN_USERNAME, "alice")]).unwrap();
        assert_eq!(login_user(&conf), "alice");
    }
}
