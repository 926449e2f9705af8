# On a Linux client with the Lustre 2.12 client or later, in the security group of the output.
sudo mkdir -p /mnt/cache
sudo mount -t lustre -o relatime,flock "$DNS_NAME@tcp:/$MOUNT_NAME" /mnt/cache

# Load ahead of the first read, and write changed files back to the repository.
sudo find /mnt/cache/data -type f -print0 | xargs -0 -n 1 sudo lfs hsm_restore
sudo lfs hsm_archive /mnt/cache/data/result.bin
