def fall():
    fall()


fall()
