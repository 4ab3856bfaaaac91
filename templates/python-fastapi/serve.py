# uvicorn's own command, with one change of its reloader, which first looks at the files a while after
# each start and would never see what was changed before: here it looks at once.
from uvicorn.main import main
from uvicorn.supervisors.statreload import StatReload


def with_a_look(start):
    def start_and_look(reloader):
        start(reloader)
        reloader.should_restart()

    return start_and_look


StatReload.startup = with_a_look(StatReload.startup)
StatReload.restart = with_a_look(StatReload.restart)
# The server's own process reads this file too.
if __name__ == "__main__":
    main()
