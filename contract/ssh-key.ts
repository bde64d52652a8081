// The public ssh keys that nodes accept, from any source.

/** One line of authorized_keys without options, of a type that current sshd accepts. */
export const SSH_PUBLIC_KEY =
  /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]{40,}={0,3}( .*)?$/;
