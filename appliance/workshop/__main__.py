"""The child process; started by the foreman and by nobody else."""

from appliance.workshop.apprentice import main

if __name__ == "__main__":
    main()
